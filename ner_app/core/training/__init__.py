"""Fine-tuning: recipe, encoding, the Trainer, the child process."""
