"""The page for a browser, served as it lies here."""
