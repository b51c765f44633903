"""What if: one patient's answers with facts that are supposed, beside the answers from the records alone."""
