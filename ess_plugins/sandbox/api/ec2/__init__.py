"""What moto's EC2 gets wrong, corrected by subclassing its backend."""
