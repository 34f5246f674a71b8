"""A flow made for these tests."""

PIN = """
name: pin
direction: inbound
purpose: service
languages: {en: {}}
default_language: en
start: ask
variables: {pin: {type: digits, max_length: 6}}
nodes:
  ask:
    kind: collect
    text: {en: "Enter your PIN, then press the pound key."}
    store: pin
    min_digits: 4
    max_digits: 6
    secret: true
    next: bye
    otherwise: bye
  bye:
    kind: hangup
"""
