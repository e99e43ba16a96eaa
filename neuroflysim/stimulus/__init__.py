"""What is shown: protocols, the equations and frames that they are made of, and the eye.

A protocol is written as Brian2 equations of the luminance or drawn on a canvas, in a number of
conditions; pictures and movies are sampled by the columns of an eye.
"""
