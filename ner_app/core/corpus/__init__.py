"""Corpora: opening, checking and searching them."""
