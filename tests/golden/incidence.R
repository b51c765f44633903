# Writes incidence.json: what R's survival and cmprsk packages say under competing risks. Run: Rscript incidence.R > incidence.json
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})

cause <- function(code, names) c("censored", names)[code + 1]
m <- mgus2[complete.cases(mgus2[, c("age", "sex", "hgb", "mspike")]), ][1:500, ]
t <- transplant[complete.cases(transplant) & transplant$futime > 0, ][1:400, ]
p <- pbc[1:312, ]
sets <- list(
  # Months: many ties, also of events with censorings.
  mgus2 = data.frame(time = ifelse(m$pstat == 1, m$ptime, m$futime),
                     cause = cause(ifelse(m$pstat == 1, 1, ifelse(m$death == 1, 2, 0)), c("malignancy", "death")),
                     age = m$age, sex = as.character(m$sex), haemoglobin = m$hgb, spike = m$mspike,
                     weight = 1 + (m$age %% 3), entry = 0),
  transplant = data.frame(time = t$futime, cause = as.character(t$event), age = t$age, sex = as.character(t$sex),
                          abo = as.character(t$abo)),
  pbc = data.frame(time = p$time, cause = cause(p$status, c("transplant", "death")), age = p$age,
                   bilirubin = log(p$bili), albumin = p$albumin, stage = p$stage, treatment = p$trt))
sets$mgus2 <- sets$mgus2[sets$mgus2$time > 0, ]
sets$mgus2$entry <- pmin(sets$mgus2$age %% 5, sets$mgus2$time - 0.5)

state <- function(d) factor(d$cause, c("censored", sort(setdiff(unique(d$cause), "censored"))))
curves <- function(f) {
  causes <- f$states[-1]
  at <- unique(round(seq(1, length(f$time), length.out = 40)))
  list(time = f$time[at], at_risk = f$n.risk[at, 1], causes = lapply(setNames(seq_along(causes) + 1, causes), function(k)
    list(events = f$n.event[at, k], incidence = f$pstate[at, k], standard_error = f$std.err[at, k], low = f$lower[at, k],
         high = f$upper[at, k])))
}
incidence <- lapply(sets, function(d) sapply(c("log-log", "log", "plain"), function(type)
  curves(survfit(Surv(d$time, state(d)) ~ 1, conf.type = type)), simplify = FALSE))
d <- sets$mgus2
late <- curves(survfit(Surv(d$entry, d$time, state(d)) ~ 1, id = seq_len(nrow(d)), conf.type = "log-log"))

gray <- function(name, group, strata = NULL) {
  d <- sets[[name]]
  k <- if (is.null(strata)) cuminc(d$time, d$cause, d[[group]], cencode = "censored")
       else cuminc(d$time, d$cause, d[[group]], d[[strata]], cencode = "censored")
  list(data = name, group = group, strata = strata, causes = rownames(k$Tests), statistic = unname(k$Tests[, 1]),
       p = unname(k$Tests[, 2]), degrees = unname(k$Tests[, 3]))
}
tests <- list(gray("mgus2", "sex"), gray("transplant", "abo"), gray("transplant", "abo", "sex"), gray("pbc", "stage"),
              gray("pbc", "treatment"))

# cmprsk's own estimate stands beside survival's: two authors agree.
second <- lapply(sets, function(d) {
  at <- sort(unname(unique(quantile(d$time, c(0.25, 0.5, 0.75)))))
  e <- timepoints(cuminc(d$time, d$cause, cencode = "censored"), at)$est
  list(times = at, causes = sub("^1 ", "", rownames(e)), estimate = unname(e))
})

model <- function(name, of, covariates) {
  d <- sets[[name]]; d <- d[complete.cases(d[, covariates]), ]
  x <- model.matrix(as.formula(paste("~", paste(covariates, collapse = "+"))), d)[, -1, drop = FALSE]
  f <- crr(d$time, d$cause, x, failcode = of, cencode = "censored", gtol = 1e-12, maxiter = 100)
  q <- unname(quantile(d$time, c(0.2, 0.5, 0.8)))
  ours <- predict(f, x[c(1, 4), , drop = FALSE])
  at <- sapply(q, function(t) { k <- which(ours[, 1] <= t); if (length(k)) ours[max(k), -1] else c(0, 0) })
  list(data = name, of = of, covariates = covariates, terms = colnames(x), coefficients = unname(f$coef),
       variance = unname(f$var), log_likelihood = c(f$loglik.null, f$loglik), n = nrow(d),
       predicted = list(rows = d[c(1, 4), covariates, drop = FALSE], times = q, incidence = unname(at)))
}
models <- list(model("mgus2", "malignancy", c("age", "sex", "haemoglobin", "spike")),
               model("mgus2", "death", c("age", "sex")),
               model("transplant", "ltx", c("age", "sex")), model("transplant", "death", c("age", "sex", "abo")),
               model("pbc", "death", c("age", "bilirubin", "albumin")), model("pbc", "transplant", c("age", "bilirubin")))

weighted <- function(of, covariates, entry, weights) {
  d <- sets$mgus2; d$row <- seq_len(nrow(d)); d$state <- state(d)
  d$w <- if (weights) d$weight else 1; d$from <- if (entry) d$entry else 0
  g <- finegray(Surv(from, time, state) ~ ., d, etype = of, id = row, weights = w)
  f <- coxph(as.formula(paste("Surv(fgstart, fgstop, fgstatus) ~", paste(covariates, collapse = "+"))), g, weights = fgwt,
             cluster = row, ties = "breslow", control = coxph.control(eps = 1e-11, iter.max = 50))
  b <- survfit(f, ctype = 1, stype = 2, se.fit = FALSE)
  list(data = "mgus2", of = of, covariates = covariates, entry = if (entry) "entry", weights = if (weights) "weight",
       coefficients = unname(coef(f)), variance = unname(vcov(f)), log_likelihood = f$loglik,
       last_hazard = max(b$cumhaz) * exp(-sum(coef(f) * f$means)))
}
weighed <- list(weighted("malignancy", c("age", "spike"), TRUE, FALSE), weighted("malignancy", c("age", "sex"), FALSE, TRUE),
                weighted("death", c("age", "haemoglobin"), TRUE, TRUE))

cat(toJSON(list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival")),
                                cmprsk = as.character(packageVersion("cmprsk"))),
                sets = sets, incidence = incidence, late = late, gray = tests, second = second, fine_gray = models,
                weighted = weighed),
           digits = NA, auto_unbox = TRUE, na = "null", null = "null", dataframe = "columns"), "\n")
