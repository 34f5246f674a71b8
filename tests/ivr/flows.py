"""Flows made for these tests."""

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

SPOKEN = """
name: spoken
direction: inbound
purpose: service
languages: {zh: {}}
default_language: zh
start: ask
nodes:
  ask:
    kind: speech
    options:
      "1": {text: {zh: "维修请说维修，或按1。"}, says: {zh: [维修]}, next: repair}
      "2": {text: {zh: "投诉请说投诉，或按2。"}, says: {zh: [投诉]}, next: complaint}
    otherwise: bye
  repair: {kind: hangup, text: {zh: "正在为您查询。"}}
  complaint: {kind: hangup, text: {zh: "感谢您告诉我们。"}}
  bye: {kind: hangup}
"""
