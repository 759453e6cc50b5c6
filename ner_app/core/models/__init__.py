"""From a model reference to a loaded model, and from text to entities."""
