"""The Browse tab."""
