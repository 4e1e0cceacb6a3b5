"""MLX made fit for this process: its BLAS, threads, memory and modules."""
