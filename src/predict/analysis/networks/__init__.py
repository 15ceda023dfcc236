"""Symptom networks: at one visit, from one visit to the next, and how far each can be trusted."""

from predict.analysis.networks.settings import NetworkSettings
from predict.analysis.networks.symptoms import SymptomNetwork, symptom_network

__all__ = ["NetworkSettings", "SymptomNetwork", "symptom_network"]
