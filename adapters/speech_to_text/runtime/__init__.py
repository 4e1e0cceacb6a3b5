"""Prepares MLX for this process: its BLAS, threads, memory and modules."""
