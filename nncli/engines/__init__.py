"""How a network meets its batches."""
