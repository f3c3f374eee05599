"""Mails as rows, and their templates.

Sending is an activity.
"""
