"""From the closed survey and the evidence scores to the index and its report."""
