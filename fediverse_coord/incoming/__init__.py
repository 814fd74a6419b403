"""The road in: receive → verify ⇒ row ⇒ side effects."""
