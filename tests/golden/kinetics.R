# Writes kinetics.json: what R's survreg says of censored lines at a given noise. Run: Rscript kinetics.R > kinetics.json
# low == high: quantified; low NA: below high (negative at its detection limit); high NA: above low.
suppressMessages({library(survival); library(jsonlite)})

sets <- list(
  "quantified only" = list(noise = 0.25, day = c(0, 28, 61, 90), low = c(-2.1, -1.4, -0.2, 0.7), high = c(-2.1, -1.4, -0.2, 0.7)),
  "two negatives before a rise" = list(noise = 0.25, day = c(0, 30, 58, 86, 100), low = c(NA, NA, -2.2, -1.1, -0.9), high = c(-3, -2.6, -2.2, -1.1, -0.9)),
  "below quantification in between" = list(noise = 0.4, day = c(0, 35, 63, 91, 119), low = c(NA, -3, -3, -1.2, 0.1), high = c(-3, -2, -2, -1.2, 0.1)),
  "falling to a negative" = list(noise = 0.3, day = c(0, 14, 42, 70), low = c(1.2, 0.3, -1.9, NA), high = c(1.2, 0.3, -1.9, -3)),
  "above the range at last" = list(noise = 0.25, day = c(0, 21, 49, 77, 98), low = c(-1.5, -0.8, 0.1, 0.4, 2), high = c(-1.5, -0.8, 0.1, 0.4, NA)),
  "only bounds" = list(noise = 0.2, day = c(3, 24, 66), low = c(-3, -2.5, -1), high = c(-2, -1.5, -0.2)))

out <- lapply(sets, function(s) {
  fit <- survreg(Surv(s$low, s$high, type = "interval2") ~ s$day, dist = "gaussian", scale = s$noise,
                 control = survreg.control(maxiter = 200, rel.tolerance = 1e-13))
  c(s, list(intercept = unname(fit$coefficients[1]), slope = unname(fit$coefficients[2]),
            covariance = matrix(fit$var, 2, 2), log_likelihood = fit$loglik[2]))
})
cat(toJSON(list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))), sets = out),
           digits = NA, auto_unbox = TRUE, na = "null", pretty = FALSE), "\n")
