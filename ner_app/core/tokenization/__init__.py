"""Words to subwords and back: alignment of labels, encoding for training, what goes missing, the health of a tokenizer."""
