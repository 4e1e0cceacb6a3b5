"""Other programs to compare with, the clips and their transcripts, the count of wrong words, and the report."""
