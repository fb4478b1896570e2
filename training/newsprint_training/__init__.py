"""Trains, distils, evaluates and exports newsprint's sentiment models."""
