"""Scores: how well labels that were predicted match labels that were given."""
