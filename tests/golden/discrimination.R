# Writes discrimination.json: what R says of prognostic scores. Run: Rscript discrimination.R > discrimination.json
# Needs survival, riskRegression, prodlim and jsonlite (Debian), and survivalROC, timeROC and survC1 (CRAN).
suppressMessages({library(survival); library(riskRegression); library(prodlim); library(jsonlite)
                  library(survivalROC); library(timeROC); library(survC1)})

melanoma <- get(data(Melanoma, package = "riskRegression"))
liver <- survival::pbc[1:312, ]
lung <- survival::lung
lung <- lung[complete.cases(lung[, c("age", "ph.ecog", "wt.loss", "sex")]), ]

sets <- list(
  "lung, with ties" = list(time = lung$time, status = as.integer(lung$status == 2), score = lung$ph.ecog + lung$age / 50 - lung$sex,
                           coarse = lung$ph.ecog, horizons = c(180, 365, 600)),
  "pbc" = list(time = liver$time, status = as.integer(liver$status == 2), score = log(liver$bili) - liver$albumin,
               coarse = as.integer(liver$stage), horizons = c(730, 1825, 3000)),
  "veteran" = list(time = veteran$time, status = veteran$status, score = -veteran$karno / 10 + veteran$prior / 20,
                   coarse = as.integer(factor(veteran$celltype)), horizons = c(60, 120, 300)),
  "melanoma, deaths of it" = list(time = melanoma$time, status = as.integer(melanoma$status == 1), score = log(melanoma$thick),
                   coarse = as.integer(melanoma$ulcer), horizons = c(1000, 2000, 3000)))

one <- function(s, x, ...) {
  d <- data.frame(time = s$time, status = s$status, x = x)
  f <- concordance(Surv(time, status) ~ x, data = d, reverse = TRUE, ...)
  list(c = unname(f$concordance), se = sqrt(unname(f$var)), concordant = unname(f$count["concordant"]),
       discordant = unname(f$count["discordant"]), tied = unname(f$count["tied.x"]))
}
out <- lapply(sets, function(s) {
  s$score <- round(s$score, 6)  # so that what is tied here is tied for whoever reads the numbers
  d <- data.frame(time = s$time, status = s$status, score = s$score, coarse = s$coarse)
  # Each score's risk by a Cox fit without its own horizon: the predictions that Brier and calibration are of.
  fits <- list(score = coxph(Surv(time, status) ~ score, d, x = TRUE), coarse = coxph(Surv(time, status) ~ coarse, d, x = TRUE))
  risks <- lapply(fits, function(f) predictRisk(f, newdata = d, times = s$horizons))
  sc <- Score(fits, formula = Hist(time, status) ~ 1, data = d, times = s$horizons, metrics = c("auc", "brier"),
              cens.model = "km", conf.int = TRUE, null.model = TRUE, contrasts = TRUE)
  scores <- lapply(s$horizons, function(h) Score(list(score = d$score, coarse = as.numeric(d$coarse)), formula = Hist(time, status) ~ 1, data = d,
                   times = h, metrics = "auc", cens.model = "km", conf.int = TRUE, contrasts = TRUE))
  both <- concordance(fits$score, fits$coarse)
  null <- coxph(Surv(time, status) ~ 1, d)
  factored <- coxph(Surv(time, status) ~ factor(coarse), d)
  held <- coxph(Surv(time, status) ~ offset(0.7 * score), d)
  plain <- coxph(Surv(time, status) ~ score + coarse, d, control = coxph.control(eps = 1e-12, iter.max = 50))
  counts <- rep(c(0, 1, 2, 3, 1, 0, 1), length.out = nrow(d))
  written <- d[rep(seq_len(nrow(d)), counts), ]
  expanded <- coxph(Surv(time, status) ~ score + coarse, written, control = coxph.control(eps = 1e-12, iter.max = 50))
  list(time = s$time, status = s$status, score = s$score, coarse = s$coarse, horizons = s$horizons, risks = risks,
       harrell = list(score = one(s, s$score), coarse = one(s, s$coarse)),
       harrell_difference_se = sqrt(c(1, -1) %*% vcov(both) %*% c(1, -1))[1],
       uno = list(score = one(s, s$score, timewt = "n/G2"), coarse = one(s, s$coarse, timewt = "n/G2")),
       uno_until = list(score = one(s, s$score, timewt = "n/G2", ymax = s$horizons[2]),
                        coarse = one(s, s$coarse, timewt = "n/G2", ymax = s$horizons[2])),
       survc1 = unname(Est.Cval(cbind(s$time, s$status, s$score), tau = s$horizons[3], nofit = TRUE)$Dhat),
       auc = do.call(rbind, lapply(scores, function(r) as.data.frame(r$AUC$score)[, c("model", "times", "AUC", "se")])),
       auc_difference = do.call(rbind, lapply(scores, function(r) as.data.frame(r$AUC$contrasts)[, c("times", "model", "reference", "delta.AUC", "se", "p")])),
       brier = as.data.frame(sc$Brier$score)[, c("model", "times", "Brier", "se")],
       timeroc = { r <- timeROC(s$time, s$status, s$score, cause = 1, times = s$horizons, iid = TRUE)
                   list(auc = unname(r$AUC), se = unname(r$inference$vect_sd_1)) },
       nearest = lapply(c(score = "score", coarse = "coarse"), function(which) lapply(s$horizons, function(h) lapply(list(NULL, 0.1), function(span) {
         span <- if (is.null(span)) 0.25 * nrow(d)^(-0.2) else span
         r <- survivalROC(d$time, d$status, d[[which]], predict.time = h, method = "NNE", span = span)
         list(span = span, auc = r$AUC, tp = r$TP, fp = r$FP) }))),
       cox = list(coefficients = unname(coef(plain)), variance = unname(vcov(plain)), loglik = plain$loglik,
                  counts = counts, expanded = unname(coef(expanded)), expanded_variance = unname(vcov(expanded)), expanded_loglik = expanded$loglik),
       information = list(null = null$loglik, factor = list(AIC(factored), factored$loglik[2], length(coef(factored))),
                          score = list(AIC(fits$score), fits$score$loglik[2]), offset = held$loglik[1], events = sum(d$status)))
})

# Calibration and net benefit by R's own pieces.
for (name in names(sets)) {
  s <- out[[name]]; h <- s$horizons[2]; risk <- out[[name]]$risks$score[, 2]
  d <- data.frame(time = s$time, status = s$status, risk = risk)
  km <- prodlim(Hist(time, status) ~ 1, data = d)
  pseudo <- 1 - as.vector(jackknife(km, times = h))
  z <- log(-log(1 - risk))
  link <- binomial(link = "cloglog")
  solve_for <- function(f, data) {
    fit <- glm(f, data = data, family = quasi(link = "cloglog", variance = "constant"), etastart = z, control = glm.control(epsilon = 1e-14, maxit = 100))
    x <- model.matrix(fit) * link$mu.eta(fit$linear.predictors)
    bread <- solve(crossprod(x)); meat <- crossprod(x * (pseudo - fitted(fit)))
    list(coef = unname(coef(fit)), se = unname(sqrt(diag(bread %*% meat %*% bread))))
  }
  knots <- quantile(z, c(0.1, 0.5, 0.9))
  cube <- function(k) pmax(z - k, 0)^3
  d$z <- z
  d$bent <- (cube(knots[1]) - cube(knots[2]) * (knots[3] - knots[1]) / (knots[3] - knots[2]) + cube(knots[3]) * (knots[2] - knots[1]) / (knots[3] - knots[2])) / (knots[3] - knots[1])^2
  smooth <- coxph(Surv(time, status) ~ z + bent, d)
  curve <- survfit(smooth, newdata = d, stype = 2, ctype = 1, se.fit = FALSE)
  observed <- 1 - as.vector(summary(curve, times = h)$surv)
  fifth <- cut(risk, c(-Inf, quantile(risk, 1:4 / 5), Inf), labels = FALSE)
  net <- lapply(c(0.1, 0.3, 0.5), function(p) {
    treated <- d[d$risk >= p, ]
    alive <- if (nrow(treated)) tail(c(1, with(survfit(Surv(time, status) ~ 1, treated), surv[time <= h])), 1) else 1
    all <- tail(with(survfit(Surv(time, status) ~ 1, d), surv[time <= h]), 1)
    share <- nrow(treated) / nrow(d)
    list(threshold = p, net = (1 - alive) * share - alive * share * p / (1 - p), all = 1 - all - all * p / (1 - p))
  })
  out[[name]]$calibration <- list(horizon = h, risk = risk, pseudo = pseudo, weak = solve_for(pseudo ~ z, d),
    intercept = solve_for(pseudo ~ 1 + offset(z), d), observed = observed, ici = mean(abs(observed - risk)),
    groups = lapply(1:5, function(k) { f <- survfit(Surv(time, status) ~ 1, d[fifth == k, ], conf.type = "log-log")
      r <- summary(f, times = h, extend = TRUE); list(predicted = mean(risk[fifth == k]), observed = 1 - r$surv, low = 1 - r$upper, high = 1 - r$lower) }),
    net_benefit = net)
}

# Competing events: death of the melanoma, with other deaths.
m <- melanoma[order(melanoma$time), ]
h <- c(1000, 2000, 3000)
score <- round(log(m$thick), 6)
risk <- matrix(pmin(0.9, outer(plogis(score - 2), h / 3000)), ncol = 3)
each <- lapply(1:3, function(k) list(
  auc = Score(list(score = score), formula = Hist(time, status) ~ 1, data = m, times = h[k], cause = 1, metrics = "auc",
              cens.model = "km", conf.int = TRUE)$AUC$score,
  brier = Score(list(score = risk[, k]), formula = Hist(time, status) ~ 1, data = m, times = h[k], cause = 1, metrics = "brier",
                cens.model = "km", conf.int = TRUE)$Brier$score))
tr <- timeROC(m$time, m$status, score, cause = 1, times = h, iid = TRUE)
competing <- list(time = m$time, status = m$status, score = score, horizons = h, risk = risk,
  auc = do.call(rbind, lapply(each, function(r) as.data.frame(r$auc)[, c("times", "AUC", "se")])), brier = do.call(rbind, lapply(each, function(r) as.data.frame(r$brier)[, c("model", "times", "Brier", "se")])),
  free_of_any = list(auc = unname(tr$AUC_1), se = unname(tr$inference$vect_sd_1)),
  free_of_this = list(auc = unname(tr$AUC_2), se = unname(tr$inference$vect_sd_2)))

packages <- c("survival", "riskRegression", "survivalROC", "timeROC", "survC1", "prodlim")
cat(toJSON(list(versions = c(list(R = R.version.string), lapply(setNames(packages, packages), function(p) as.character(packageVersion(p)))),
                sets = out, competing = competing), digits = NA, auto_unbox = TRUE, na = "null"), "\n")
