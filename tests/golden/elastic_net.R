# Weights of R's glmnet for tests/test_families.py; run in this folder: Rscript elastic_net.R
suppressMessages(library(glmnet))
people <- read.csv("elastic_net_people.csv")
x <- as.matrix(people[, names(people) != "y"])
fit <- glmnet(x, people$y, family = "binomial", alpha = 0.5, lambda = 0.05,
              standardize = FALSE, thresh = 1e-14)
write.csv(data.frame(term = rownames(coef(fit)), estimate = as.numeric(coef(fit))),
          "elastic_net.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("glmnet", packageVersion("glmnet"))), "elastic_net_versions.txt")
