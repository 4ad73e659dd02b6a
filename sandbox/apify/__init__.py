"""Apify: runs of four scraping actors, their datasets and their bill."""
