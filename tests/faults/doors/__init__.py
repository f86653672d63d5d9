"""Races at the door: many people of one morning, who calls at the same moment, and the judge of what came of it."""
