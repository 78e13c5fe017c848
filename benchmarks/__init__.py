"""What kiloglot costs and how well it does, measured: `make bench` and `make massive-dev`. No part of the package."""
