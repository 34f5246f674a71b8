"""Who our customers are, how they may be reached, and whether they may be."""
