"""The simulated AWS APIs: moto behind a front that checks signatures, injects faults and corrects it."""
