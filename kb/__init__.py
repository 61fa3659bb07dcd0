"""The knowledge base: articles in versions, written by technicians, published by somebody else."""
