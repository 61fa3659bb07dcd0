"""Problems: the cause behind incidents, from the first suspicion to the day it is gone."""
