"""Pictures: one function, one picture. Each returns a chart that the page and the paper show alike."""
