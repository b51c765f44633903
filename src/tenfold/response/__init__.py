"""Haematological response, refractory and relapsed disease."""
