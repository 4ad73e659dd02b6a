"""Invented clips whose views are known to be honest or bought: what signals are calibrated on and tried against."""
