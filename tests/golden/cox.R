# Writes cox.json: what R's survival package says of Cox models, proportional hazards, groups, restricted means and delayed
# entry, on its own data sets. Run: Rscript cox.R > cox.json
suppressMessages({library(survival); library(jsonlite)})

sets <- list(
  lung = with(lung, data.frame(time, event = as.integer(status == 2), age, sex = ifelse(sex == 1, "male", "female"),
                               ecog = ph.ecog, loss = wt.loss, centre = inst, weight = ifelse(age > 60, 2, 1),
                               share = 0.5 + (age %% 7) / 4)),
  veteran = with(veteran, data.frame(time, event = status, treatment = trt, cell = as.character(celltype), karno, age,
                                     months = diagtime, prior = as.integer(prior == 10))),
  heart = with(heart, data.frame(start, stop, event, age, year, surgery, transplant = as.integer(transplant == "1"), id)),
  pbc = with(pbc[1:312, ], data.frame(time, event = as.integer(status == 2), treatment = trt, age, sex = as.character(sex),
                                      edema, bilirubin = bili, albumin, protime, stage)),
  mgus2 = with(mgus2[1:600, ], data.frame(entry = age, age_out = age + pmax(futime, 0.5) / 12, event = death,
                                          sex = as.character(sex), haemoglobin = hgb, spike = mspike)),
  myeloid = with(myeloid[1:300, ], data.frame(time = futime, event = death, arm = trt, sex = as.character(sex), txtime)),
  ovarian = with(ovarian, data.frame(time = futime, event = fustat, age, arm = rx, residual = resid.ds, ecog = ecog.ps)))

fits <- list(
  list(data = "lung", time = "time", covariates = c("age", "sex", "ecog"), reference = list(sex = "male")),
  list(data = "lung", time = "time", covariates = c("age", "sex", "ecog", "loss"), ties = "breslow"),
  list(data = "lung", time = "time", covariates = c("age", "sex"), weights = "weight"),
  list(data = "lung", time = "time", covariates = c("age", "sex"), weights = "weight", ties = "breslow"),
  list(data = "lung", time = "time", covariates = c("age", "sex"), weights = "share"),
  list(data = "lung", time = "time", covariates = c("age", "sex"), strata = "centre"),
  list(data = "lung", time = "time", covariates = c("age", "sex", "ecog"), cluster = "centre"),
  list(data = "lung", time = "time", covariates = "sex"),
  list(data = "veteran", time = "time", covariates = c("cell", "karno", "prior"), reference = list(cell = "squamous")),
  list(data = "veteran", time = "time", covariates = c("treatment", "karno", "age"), strata = "cell"),
  list(data = "heart", entry = "start", time = "stop", covariates = c("age", "year", "surgery", "transplant")),
  list(data = "heart", entry = "start", time = "stop", covariates = c("age", "transplant"), ties = "breslow", cluster = "id"),
  list(data = "heart", entry = "start", time = "stop", covariates = c("age", "year"), strata = "surgery"),
  list(data = "pbc", time = "time", covariates = c("age", "edema", "bilirubin", "albumin", "protime")),
  list(data = "pbc", time = "time", covariates = c("stage", "sex"), reference = list(sex = "m")),
  list(data = "mgus2", entry = "entry", time = "age_out", covariates = c("sex", "haemoglobin", "spike")),
  list(data = "mgus2", entry = "entry", time = "age_out", covariates = "haemoglobin", strata = "sex", ties = "breslow"),
  list(data = "ovarian", time = "time", covariates = c("age", "arm", "residual")),
  list(data = "myeloid", time = "time", covariates = c("arm", "sex")))

fitted <- lapply(fits, function(f) {
  d <- sets[[f$data]]
  used <- c(f$time, "event", f$entry, f$covariates, f$weights, f$strata, f$cluster)
  d <- d[complete.cases(d[, used]), ]
  for (name in names(f$reference)) d[[name]] <- relevel(factor(d[[name]]), f$reference[[name]])
  response <- if (is.null(f$entry)) sprintf("Surv(%s, event)", f$time) else sprintf("Surv(%s, %s, event)", f$entry, f$time)
  terms <- c(f$covariates, if (!is.null(f$strata)) sprintf("strata(%s)", f$strata))
  d$.w <- if (is.null(f$weights)) 1 else d[[f$weights]]
  ties <- if (is.null(f$ties)) "efron" else f$ties
  d$.c <- if (is.null(f$cluster)) seq_len(nrow(d)) else d[[f$cluster]]
  formula <- as.formula(paste(response, "~", paste(terms, collapse = " + ")))
  control <- coxph.control(eps = 1e-11, iter.max = 50)
  fit <- if (is.null(f$cluster)) coxph(formula, d, weights = .w, ties = ties, control = control)
         else coxph(formula, d, weights = .w, ties = ties, cluster = .c, control = control)
  s <- summary(fit)
  zph <- sapply(c("km", "rank", "identity", "log"), function(transform) {
    z <- cox.zph(fit, transform); list(names = rownames(z$table), table = unname(z$table)) }, simplify = FALSE)
  residuals <- as.matrix(resid(fit, "scaledsch")) # summed over ties, whose order is nobody's concern
  residuals <- rowsum(residuals, factor(rownames(residuals), unique(rownames(residuals))))
  base <- sapply(c("breslow", "efron"), function(kind) {
    b <- survfit(fit, stype = 2, ctype = if (kind == "efron") 2 else 1, se.fit = FALSE)
    adjust <- exp(-sum(coef(fit) * fit$means)) # from the means, at which R draws it, to zero
    at <- unique(round(seq(1, length(b$time), length.out = 12)))
    list(at = at, time = b$time[at], hazard = b$cumhaz[at] * adjust) }, simplify = FALSE)
  predicted <- NULL
  if (is.null(f$strata)) {
    rows <- d[c(1, 5, 9), f$covariates, drop = FALSE]
    p <- summary(survfit(fit, newdata = rows, stype = 2, ctype = 1, conf.type = "log-log"),
                 times = quantile(d[[f$time]], c(0.3, 0.6)))
    predicted <- list(rows = rows, times = p$time, survival = p$surv, low = p$lower, high = p$upper)
  }
  list(spec = f, n = fit$n, events = fit$nevent, coefficients = unname(coef(fit)),
       terms = names(coef(fit)), standard_errors = unname(sqrt(diag(vcov(fit)))), variance = unname(vcov(fit)),
       low = unname(s$conf.int[, 3]), high = unname(s$conf.int[, 4]), p = unname(s$coefficients[, "Pr(>|z|)"]),
       log_likelihood = fit$loglik, aic = AIC(fit), score = unname(s$sctest[1:3]), wald = as.numeric(fit$wald.test),
       concordance = unname(s$concordance), zph = zph, scaled_schoenfeld = unname(head(residuals, 5)),
       baseline = base, predicted = predicted)
})

# Delayed entry: survdiff refuses it, and a Cox model with exact ties (the same test) is too slow where many are tied. So it
# is written out here, and held to survdiff without delayed entry and to the exact Cox model where few are tied.
mantel <- function(entry, time, event, group, stratum = rep(1, length(time)), scores = NULL) {
  names <- sort(unique(group)); k <- length(names); o <- numeric(k); v <- matrix(0, k, k)
  for (s in unique(stratum)) for (t in unique(time[event == 1 & stratum == s])) {
    risk <- stratum == s & entry < t & time >= t
    n <- sapply(names, function(g) sum(risk & group == g)); all <- sum(n)
    d <- sapply(names, function(g) sum(risk & group == g & time == t & event == 1)); died <- sum(d)
    o <- o + d - died * n / all
    if (all > 1) v <- v + died * (all - died) / (all - 1) * (diag(n / all) - outer(n / all, n / all))
  }
  if (!is.null(scores)) return(sum(scores * o)^2 / as.numeric(t(scores) %*% v %*% scores))
  as.numeric(o[-1] %*% solve(v[-1, -1], o[-1]))
}
with(sets$veteran, stopifnot(all.equal(mantel(-1, time, event, cell), survdiff(Surv(time, event) ~ cell)$chisq),
  all.equal(mantel(-1, time, event, cell, prior), survdiff(Surv(time, event) ~ cell + strata(prior))$chisq)))
exact <- coxph(Surv(start, stop, event) ~ transplant, sets$heart, ties = "exact")$score
stopifnot(all.equal(with(sets$heart, mantel(start, stop, event, transplant)), exact))
difference <- function(data, response, group, stratum = NULL) {
  right <- paste(c(group, if (!is.null(stratum)) sprintf("strata(%s)", stratum)), collapse = " + ")
  s <- survdiff(as.formula(paste(response, "~", right)), data)
  observed <- if (is.matrix(s$obs)) rowSums(s$obs) else s$obs
  expected <- if (is.matrix(s$exp)) rowSums(s$exp) else s$exp
  k <- length(observed)
  scores <- seq_len(k)
  list(groups = sub(".*=", "", names(s$n)), observed = observed, expected = expected, variance = s$var, chisq = s$chisq,
       p = s$pvalue, trend = sum(scores * (observed - expected))^2 / as.numeric(t(scores) %*% s$var %*% scores))
}
lung <- sets$lung[complete.cases(sets$lung[, c("ecog", "centre")]), ]
mgus2 <- sets$mgus2
mgus2$sex <- factor(mgus2$sex)
mgus2$third <- cut(mgus2$haemoglobin, c(0, 12, 14, 30), labels = FALSE)
mgus2 <- mgus2[!is.na(mgus2$third), ]
groups <- list(
  list(data = "lung", time = "time", group = "sex", r = difference(lung, "Surv(time, event)", "sex")),
  list(data = "lung", time = "time", group = "ecog", r = difference(lung, "Surv(time, event)", "ecog")),
  list(data = "lung", time = "time", group = "ecog", strata = "centre",
       r = difference(lung, "Surv(time, event)", "ecog", "centre")),
  list(data = "veteran", time = "time", group = "cell", r = difference(sets$veteran, "Surv(time, event)", "cell")),
  list(data = "veteran", time = "time", group = "cell", strata = "prior",
       r = difference(sets$veteran, "Surv(time, event)", "cell", "prior")))
groups_late <- list(
  list(table = mgus2[, c("entry", "age_out", "event", "sex")], entry = "entry", time = "age_out", group = "sex",
       chisq = with(mgus2, mantel(entry, age_out, event, sex))),
  list(table = mgus2[, c("entry", "age_out", "event", "third")], entry = "entry", time = "age_out", group = "third",
       chisq = with(mgus2, mantel(entry, age_out, event, third)),
       trend = with(mgus2, mantel(entry, age_out, event, third, scores = 1:3))),
  list(table = mgus2[, c("entry", "age_out", "event", "third", "sex")], entry = "entry", time = "age_out", group = "third",
       strata = "sex", chisq = with(mgus2, mantel(entry, age_out, event, third, sex))),
  list(table = sets$heart[, c("start", "stop", "event", "transplant")], entry = "start", time = "stop", group = "transplant",
       chisq = exact))

mean_to <- function(data, horizon) {
  t <- summary(survfit(Surv(time, event) ~ 1, data), rmean = horizon)$table
  list(horizon = horizon, value = unname(t["rmean"]), standard_error = unname(t["se(rmean)"]))
}
means <- list()
for (name in c("lung", "veteran", "pbc", "ovarian", "myeloid")) for (share in c(0.3, 0.7, 0.95))
  means <- c(means, list(c(list(data = name), mean_to(sets[[name]], max(sets[[name]]$time) * share))))

late <- function(name, entry, time, start = NULL) {
  d <- sets[[name]]
  response <- Surv(d[[entry]], d[[time]], d$event)
  if (!is.null(start)) { keep <- d[[time]] > start
    response <- Surv(pmax(d[[entry]], start)[keep], d[[time]][keep], d$event[keep]) }
  f <- survfit(response ~ 1, conf.type = "log-log")
  q <- quantile(f, c(0.25, 0.5))
  list(data = name, entry = entry, time_column = time, start = start, time = f$time, at_risk = f$n.risk, events = f$n.event,
       censored = f$n.censor, survival = f$surv, low = f$lower, high = f$upper,
       quantiles = list(value = as.vector(q$quantile), low = as.vector(q$lower), high = as.vector(q$upper)))
}
curves <- list(late("heart", "start", "stop"), late("mgus2", "entry", "age_out"), late("mgus2", "entry", "age_out", 60))

# A transplant in time: R's tmerge splits, survfit draws the Simon-Makuch curves.
m <- sets$myeloid; m$id <- seq_len(nrow(m))
split <- tmerge(m[, c("id", "arm", "sex")], m, id = id, death = event(time, event), transplanted = tdc(txtime))
makuch <- lapply(c(0, 180), function(start) {
  s <- split[split$tstop > start, ]; s$tstart <- pmax(s$tstart, start)
  part <- function(of) { f <- survfit(Surv(tstart, tstop, death) ~ 1, s[s$transplanted == of, ], conf.type = "log-log")
    list(time = f$time, at_risk = f$n.risk, survival = f$surv, low = f$lower, high = f$upper) }
  list(start = start, without = part(0), transplanted = part(1),
       chisq = with(s, mantel(tstart, tstop, death, transplanted))) })
timed <- coxph(Surv(tstart, tstop, death) ~ transplanted + arm, split, control = coxph.control(eps = 1e-11))
at <- m[m$time > 180, ]; at$early <- !is.na(at$txtime) & at$txtime <= 180
marked <- coxph(Surv(time - 180, event) ~ early, at, control = coxph.control(eps = 1e-11))
transplant <- list(split = as.list(split[, c("id", "tstart", "tstop", "death", "transplanted")]), simon_makuch = makuch,
  cox = list(coefficients = unname(coef(timed)), standard_errors = unname(sqrt(diag(vcov(timed)))), rows = nrow(split)),
  landmark = list(at = 180, n = nrow(at), early = sum(at$early), event_before = sum(m$time <= 180 & m$event == 1),
                  censored_before = sum(m$time <= 180 & m$event == 0), coefficient = unname(coef(marked)),
                  standard_error = unname(sqrt(vcov(marked)[1]))))

cat(toJSON(list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))),
                sets = sets, fits = fitted, groups = groups, groups_late = groups_late, restricted_means = means,
                delayed_entry = curves, transplant = transplant),
           digits = NA, auto_unbox = TRUE, na = "null", null = "null", dataframe = "columns"), "\n")
