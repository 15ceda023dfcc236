# Golden numbers for tests/analysis/test_networks_golden.py. Run in this folder: Rscript networks.R
# R 4.2.2 with qgraph (EBICglasso), glasso and polycor; the versions are written beside the numbers.
suppressMessages({library(qgraph); library(glasso); library(polycor)})
set.seed(20261122)
# The published PHQ-9 polychoric matrix (PMC5019570, table 3), and two simulated ones.
low <- c(.65,.43,.55,.47,.51,.47,.46,.48,.48,.65,.53,.60,.52,.55,.65,.56,.55,.38,.42,.41,.40,
         .64,.52,.53,.54,.50,.42,.47,.48,.44,.59,.56,.55,.61,.48,.56)
phq9 <- diag(9); phq9[lower.tri(phq9)] <- low; phq9 <- phq9 + t(phq9) - diag(9)
chain <- solve(toeplitz(c(1.6, -.5, 0, 0, .15, 0)))
chain <- cov2cor(chain)
latent <- matrix(rnorm(400 * 6), 400) %*% chol(chain)
answers <- apply(latent, 2, cut, breaks = c(-Inf, -.2, .5, 1.2, Inf), labels = FALSE) - 1
poly <- diag(6)
for (i in 1:5) for (j in (i + 1):6)
  poly[i, j] <- poly[j, i] <- polychor(answers[, i], answers[, j], ML = FALSE)
matrices <- list(phq9 = phq9, chain = chain, sample = cor(answers, method = "spearman"),
                 polychoric = poly)
long <- function(name, kind, n, gamma, m) data.frame(matrix = name, kind = kind, n = n,
  gamma = gamma, row = as.vector(row(m)), column = as.vector(col(m)), value = as.vector(m))
out <- list()
for (name in names(matrices)) {
  S <- matrices[[name]]
  out[[length(out) + 1]] <- long(name, "correlation", NA, NA, S)
  for (n in c(300, 1247, 11441)) for (gamma in c(0, .5))
    out[[length(out) + 1]] <- long(name, "ebic_edges", n, gamma,
      as.matrix(suppressWarnings(suppressMessages(EBICglasso(S, n, gamma = gamma, verbose = FALSE)))))
  for (rho in c(.05, .15)) out[[length(out) + 1]] <-
    long(name, "precision", rho, NA, glasso(S, rho, thr = 1e-10, penalize.diagonal = FALSE)$wi)
}
write.csv(do.call(rbind, out), "networks.csv", row.names = FALSE)
write.csv(answers, "networks_answers.csv", row.names = FALSE)
writeLines(c(R.version.string, sapply(c("qgraph", "glasso", "polycor"),
  function(p) paste(p, packageVersion(p)))), "networks_versions.txt")
