"""Symptom networks: at one visit, from one visit to the next, and how far each can be trusted."""
