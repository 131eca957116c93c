"""Entering lists of people who opted out."""
