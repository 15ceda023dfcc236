# Golden numbers of the judging: run as `Rscript tests/golden/judgement.R` from the project's root.
# Debian packages r-cran-rms, r-cran-proc, r-cran-metafor. Writes CSV files beside this script.
suppressPackageStartupMessages({library(rms); library(pROC); library(metafor)})
folder <- "tests/golden"
write <- function(table, name) {
  file <- file.path(folder, paste0(name, ".csv"))
  write.csv(format(table, digits = 15, trim = TRUE), file, row.names = FALSE, quote = FALSE)
}

# 1. Estimates of 400 people, overconfident and a little low; a rival; ties by rounding.
set.seed(20261122)
n <- 400
line <- rnorm(n)
y <- rbinom(n, 1, plogis(0.2 + 0.8 * line))
p <- round(plogis(line + rnorm(n, sd = 0.4)), 3)
q <- round(plogis(0.5 * line + rnorm(n, sd = 0.8)), 2)
write(data.frame(y = y, p = p, q = q), "judgement_people")

# 2. rms::val.prob, and the intercept with the slope held at 1.
v <- val.prob(p, y, pl = FALSE)
large <- coef(glm(y ~ offset(qlogis(p)), family = binomial))[[1]]
smooth <- lowess(p, y, iter = 0)
rate <- approx(smooth, xout = p, ties = mean)$y
stats <- data.frame(
  name = c("auroc", "brier", "intercept", "slope", "ici", "e90", "emax",
           "calibration_intercept", "e50", "eci", "log_loss", "o_e", "brier_scaled"),
  value = c(v[["C (ROC)"]], v[["Brier"]], v[["Intercept"]], v[["Slope"]], v[["Eavg"]],
            v[["E90"]], v[["Emax"]], large, median(abs(p - rate)), 100 * mean((p - rate)^2),
            -mean(y * log(p) + (1 - y) * log(1 - p)), sum(y) / sum(p),
            1 - mean((p - y)^2) / (mean(y) * (1 - mean(y)))))
write(stats, "val_prob")

# 3. The flexible curve: logistic on a restricted cubic spline of the log-odds, five knots.
lp <- qlogis(p)
knots <- quantile(lp, c(.05, .275, .5, .725, .95))
fit <- lrm(y ~ rcs(lp, knots), eps = 1e-12, maxit = 50, tol = 1e-14)
at <- c(.1, .2, .3, .4, .5, .6, .7, .8, .9)
read <- predict(fit, data.frame(lp = qlogis(at)), se.fit = TRUE)
z <- qnorm(.975)
write(data.frame(estimate = at, observed = plogis(read$linear.predictors),
  low = plogis(read$linear.predictors - z * read$se.fit),
  high = plogis(read$linear.predictors + z * read$se.fit)), "calibration_curve")

# 4. pROC: DeLong's interval, and the paired comparison.
one <- roc(y, p, quiet = TRUE, direction = "<")
two <- roc(y, q, quiet = TRUE, direction = "<")
ends <- ci.auc(one, method = "delong")
test <- roc.test(one, two, method = "delong", paired = TRUE)
se <- abs((one$auc - two$auc) / test$statistic)[[1]]
write(data.frame(name = c("auc", "low", "high", "gap", "gap_low", "gap_high", "variance"),
  value = c(as.numeric(one$auc), ends[1], ends[3], as.numeric(one$auc - two$auc),
            as.numeric(one$auc - two$auc) - z * se, as.numeric(one$auc - two$auc) + z * se,
            var(one))), "proc")

# 5. metafor: random-effects summary (REML, Knapp-Hartung) with its prediction interval.
effects <- c(.31, .62, .45, .80, .12, .55, .49, .70, .38, .66)
errors <- c(.12, .10, .21, .15, .18, .09, .11, .25, .14, .13)
write(data.frame(effect = effects, error = errors), "metafor_studies")
sink(tempfile())
rows <- lapply(list(c("REML", "z"), c("REML", "knha"), c("DL", "z")), function(how) {
  fit <- rma(yi = effects, sei = errors, method = how[1], test = how[2],
             control = list(threshold = 1e-12, maxiter = 1000))
  told <- predict(fit)
  data.frame(method = how[1], test = how[2], estimate = told$pred, low = told$ci.lb,
             high = told$ci.ub, pi_low = told$pi.lb, pi_high = told$pi.ub, tau2 = fit$tau2)
})
sink()
write(do.call(rbind, rows), "metafor")
cat("rms", as.character(packageVersion("rms")), "pROC", as.character(packageVersion("pROC")),
    "metafor", as.character(packageVersion("metafor")), R.version.string, "\n")
