"""The engine of *The Chain Rule*: everything the book derives, in NumPy.

Names load on first use, so that `import chainrule` is quick and the scalar modules (`rules`, `dual`,
`value`, `descent`) run where NumPy is not installed.
"""
