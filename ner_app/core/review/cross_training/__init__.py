"""Probabilities out of sample: every word is judged by a model that did not learn from its sentence."""
