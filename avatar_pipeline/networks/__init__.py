"""Neural networks that draw talking faces, one network a file. Only this folder and the engines may import torch."""
