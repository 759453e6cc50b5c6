"""Which labels are doubtful, how doubtful, and why."""
