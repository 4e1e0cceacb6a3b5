"""Provides the API of this product: sessions as resources, under /api/v1."""
