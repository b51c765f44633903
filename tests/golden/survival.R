# Writes survival.json: what R's survival package says of curves and follow-up. Run: Rscript survival.R > survival.json
suppressMessages({library(survival); library(prodlim); library(jsonlite)})

tiong <- data.frame(
  time = c(31.3, 7.8, 22.2, 20.0, 11.7, 11.8, 4.9, 3.6, 12.4, 5.6, 10.8, 5.9),
  status = c(0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0))
sets <- list(
  "Tiong 2021, cohort 1" = tiong[1:5, ],
  "Tiong 2021, cohort 2" = tiong[6:12, ],
  "Tiong 2021, responders" = tiong[-10, ],
  "Tiong 2021, all" = tiong,
  "aml (Miller 1997)" = aml[, c("time", "status")],
  "lung, with ties" = with(lung, data.frame(time = time, status = as.integer(status == 2))),
  "veteran, to the last patient" = veteran[, c("time", "status")],
  "exactly half at a step" = data.frame(time = c(1, 2, 3, 4), status = c(1, 1, 0, 1)),
  "everybody at once" = data.frame(time = c(5, 5, 5), status = c(1, 0, 1)))

curve <- function(data, type) {
  fit <- survfit(Surv(time, status) ~ 1, data = data, conf.type = type)
  q <- quantile(fit, c(0.25, 0.5, 0.75))
  list(time = fit$time, at_risk = fit$n.risk, events = fit$n.event, censored = fit$n.censor, survival = fit$surv,
       low = fit$lower, high = fit$upper,
       quantiles = list(value = as.vector(q$quantile), low = as.vector(q$lower), high = as.vector(q$upper)))
}

# Reverse Kaplan-Meier: a death leaves just before whoever is censored on that day. prodlim says the same.
follow_up <- function(data) {
  left_first <- data.frame(time = data$time - 1e-4 * data$status, status = 1 - data$status)
  found <- curve(left_first, "log-log")
  oracle <- prodlim(Hist(time, status) ~ 1, data = data, reverse = TRUE)
  at <- sapply(oracle$time, function(t) tail(found$survival[found$time <= t + 1e-9], 1))
  stopifnot(all(abs(at - oracle$surv) < 1e-12))
  ends <- sapply(oracle$time, function(t) max(which(found$time <= t + 1e-9)))
  list(time = oracle$time, at_risk = as.vector(oracle$n.risk), survival = found$survival[ends],
       low = found$low[ends], high = found$high[ends], quantiles = lapply(found$quantiles, round, 3))
}

out <- lapply(sets, function(data) {
  list(time = data$time, status = data$status,
       survival = sapply(c("log-log", "log", "plain"), function(type) curve(data, type), simplify = FALSE),
       follow_up = follow_up(data),
       quantiles = list(type_6 = as.vector(quantile(data$time, c(0.25, 0.5, 0.75), type = 6)),
                        type_7 = as.vector(quantile(data$time, c(0.25, 0.5, 0.75), type = 7))))
})
cat(toJSON(list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))), sets = out),
           digits = NA, auto_unbox = FALSE, na = "null", pretty = FALSE), "\n")
