# Golden numbers of the outcome tables: run as `Rscript tests/golden/outcomes.R` from the project's root.
# Base R only. Writes outcomes_people.csv and outcomes.csv beside this script.
set.seed(20261122)
n <- 240
start <- pmin(27, pmax(10, round(rnorm(n, 16, 4.5))))
end <- pmin(27, pmax(0, round(start * exp(rnorm(n, -0.7, 0.6)))))
age <- round(runif(n, 20, 70))
arm <- sample(c("a", "b", "c"), n, replace = TRUE)
sex <- sample(c("female", "male"), n, replace = TRUE)
stayed <- rbinom(n, 1, plogis(1.2 - 0.05 * (start - 16) - 0.01 * (age - 45)))
people <- data.frame(start, end, age, arm, sex, stayed)
write.csv(people, "tests/golden/outcomes_people.csv", row.names = FALSE, quote = FALSE)

out <- list()
add <- function(name, value) out[[name]] <<- value
done <- stayed == 1
x <- start[done]; y <- end[done]; gain <- x - y

# Four effect sizes (Lakens 2013; Becker 1988).
add("d_pooled", mean(gain) / sqrt((var(x) + var(y)) / 2))
add("d_change", mean(gain) / sd(gain))
add("d_within", mean(gain) / sd(gain) * sqrt(2 * (1 - cor(x, y))))
add("d_baseline", mean(gain) / sd(x))

# Wilson's interval without continuity correction.
response <- as.integer(y <= x / 2)
wilson <- prop.test(sum(response), length(response), correct = FALSE)$conf.int
add("response", mean(response)); add("wilson_low", wilson[1]); add("wilson_high", wilson[2])
for (count in c(0, 7, 40)) {
  ends <- prop.test(count, 40, correct = FALSE)$conf.int
  add(paste0("wilson_", count, "_low"), ends[1]); add(paste0("wilson_", count, "_high"), ends[2])
}

# Jacobson and Truax 1991: SEM, S_diff, RCI limit; criteria a and c.
sem <- 5.5 * sqrt(1 - .84)
limit <- 1.96 * sqrt(2 * sem^2)
add("rci_limit", limit)
add("reliable_improvement", sum((x - y) > limit))
add("reliable_deterioration", sum((y - x) > limit))

# Inverse probability of staying (logistic, base glm); Hajek rate with linearised variance.
fit <- glm(stayed ~ start + age + (sex == "male") + (arm == "b") + (arm == "c"), family = binomial,
           control = glm.control(epsilon = 1e-14, maxit = 100))
add("beta_0", coef(fit)[[1]]); add("beta_start", coef(fit)[[2]]); add("beta_age", coef(fit)[[3]])
w <- 1 / fitted(fit)[done]
rate <- weighted.mean(response, w)
parts <- w * (response - rate) / sum(w)
error <- sqrt(length(w) / (length(w) - 1) * sum(parts^2))
add("weighted_rate", rate)
add("weighted_low", rate - qnorm(.975) * error); add("weighted_high", rate + qnorm(.975) * error)

# Standardised differences of completers and lost (Austin 2009, eq. 1 and 2).
smd <- function(a, b) (mean(a) - mean(b)) / sqrt((var(a) + var(b)) / 2)
share <- function(a, b) (mean(a) - mean(b)) / sqrt((mean(a) * (1 - mean(a)) + mean(b) * (1 - mean(b))) / 2)
add("smd_start", smd(start[done], start[!done])); add("smd_age", smd(age[done], age[!done]))
add("smd_male", share((sex == "male")[done], (sex == "male")[!done]))

# Does response differ by arm; does the arm matter for the end score, given the start; arm x sex.
test <- suppressWarnings(chisq.test(table(response, arm[done]), correct = FALSE))
add("chi_square", unname(test$statistic)); add("chi_square_p", test$p.value)
small <- lm(y ~ x); large <- lm(y ~ x + arm[done])
cmp <- anova(small, large)
add("f_gain", cmp$F[2]); add("f_gain_p", cmp$`Pr(>F)`[2])
both <- lm(y ~ x + arm[done] + sex[done]); product <- lm(y ~ x + arm[done] * sex[done])
cmp <- anova(both, product)
add("f_arm", cmp$F[2]); add("f_arm_p", cmp$`Pr(>F)`[2])

# Gain adjusted for another change: intercept and slope with t intervals.
line <- lm(gain ~ age[done]); ends <- confint(line)
add("intercept", coef(line)[[1]]); add("intercept_low", ends[1, 1]); add("slope", coef(line)[[2]])
add("slope_high", ends[2, 2])

table <- data.frame(name = names(out), value = sprintf("%.15g", unlist(out)))
write.csv(table, "tests/golden/outcomes.csv", row.names = FALSE, quote = FALSE)
writeLines(R.version.string, "tests/golden/outcomes_versions.txt")
