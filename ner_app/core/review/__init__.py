"""Annotation review: suspicion, decisions, agreement, export."""
