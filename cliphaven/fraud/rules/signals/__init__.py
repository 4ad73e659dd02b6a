"""Signals: pure functions of a clip's course. Each says how strange a clip looks in one respect, from which numbers.

Higher is stranger; how rare a value is among honest clips, the calibration says.
"""
