"""What is made for readers from what they are handed: values in, bytes out."""
