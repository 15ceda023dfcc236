# Golden numbers for tests/analysis/test_courses_golden.py. Run in this folder: Rscript courses.R
# flexmix: mixtures of linear mixed models (random intercept, class-specific intercept and slope),
# with one covariance for all classes and with one for each.
suppressMessages(library(flexmix))
set.seed(20261122)
n <- 300; visits <- 4
class <- sample(1:2, n, TRUE, c(.7, .3))
line <- rbind(c(16, -3), c(15, -.5))
y <- t(sapply(1:n, function(i) line[class[i], 1] + line[class[i], 2] * (0:3) + rnorm(1, 0, 1.5) +
  rnorm(4, 0, 1.2)))
wide <- round(y, 4)
write.csv(wide, "courses_scores.csv", row.names = FALSE)
long <- data.frame(id = rep(1:n, each = visits), time = rep(0:3 / 3, n), y = as.vector(t(wide)))
out <- list()
for (shared in c(TRUE, FALSE)) {
  best <- NULL
  for (start in 1:5) {
    fit <- flexmix(y ~ 1 | id, data = long, k = 2, cluster = NULL,
      model = FLXMRlmm(y ~ time, random = ~ 1, varFix = c(Random = shared, Residual = shared)),
      control = list(tolerance = 1e-12, iter.max = 20000, minprior = 0))
    if (is.null(best) || logLik(fit) > logLik(best)) best <- fit
  }
  p <- parameters(best)
  for (k in 1:2) out[[length(out) + 1]] <- data.frame(shared = shared, class = k,
    name = c("share", "intercept", "slope", "between", "within"), value = c(prior(best)[k], p[, k]))
  out[[length(out) + 1]] <- data.frame(shared = shared, class = 0, name = "loglik",
    value = as.numeric(logLik(best)))
}
write.csv(do.call(rbind, out), "courses.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("flexmix", packageVersion("flexmix"))), "courses_versions.txt")
