"""A PyTorch classifier of the iris flowers, its weights saved.

Run where torch is installed: ``python train_torch.py configs/iris.csv``.
"""

import csv
import sys

import torch

with open(sys.argv[1]) as file:
    rows = list(csv.reader(file))[1:]
names = sorted({row[-1] for row in rows})
X = torch.tensor([[float(cell) for cell in row[:-1]] for row in rows])
y = torch.tensor([names.index(row[-1]) for row in rows])

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for _ in range(500):
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(model(X), y).backward()
    optimizer.step()

torch.save(model.state_dict(), "iris_torch.pt")
