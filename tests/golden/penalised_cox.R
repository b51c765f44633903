# Writes penalised_cox.json: what R's glmnet says of penalised Cox models, on data sets of R's survival package.
# Run: Rscript penalised_cox.R > penalised_cox.json
suppressMessages({library(survival); library(glmnet); library(jsonlite)})
glmnet.control(fdev = 0, devmax = 1, mxitnr = 1000, epsnr = 1e-13)
# Tied times are set apart a little: with ties glmnet comes close to Breslow's likelihood (coefficients to 3e-4), not on it.
apart <- function(d) { d$time <- d$time + seq_len(nrow(d)) * 1e-5; d }
lung <- with(lung, data.frame(time, event = as.integer(status == 2), age, sex = as.integer(sex == 2), ecog = ph.ecog,
                              loss = wt.loss, karno = ph.karno))
lung <- lung[complete.cases(lung), ]
pbc <- with(pbc[1:312, ], data.frame(time, event = as.integer(status == 2), age, bilirubin = bili, albumin, protime,
                                     edema, spiders, hepato, ascites))
pbc <- pbc[complete.cases(pbc), ]
mgus2 <- with(mgus2[1:300, ], data.frame(entry = age, time = age + pmax(futime, 0.5) / 12, event = death,
                                         male = as.integer(sex == "M"), haemoglobin = hgb, spike = mspike))
mgus2 <- mgus2[complete.cases(mgus2), ]
sets <- list(lung = apart(lung), pbc = apart(pbc), mgus2 = apart(mgus2))
specs <- list(
  list(data = "lung", mixing = 0), list(data = "lung", mixing = 1), list(data = "lung", mixing = 0.5),
  list(data = "lung", mixing = 0.5, factor = c(0, 1, 1, 2, 1)),
  list(data = "pbc", mixing = 0), list(data = "pbc", mixing = 0.5), list(data = "pbc", mixing = 1),
  list(data = "mgus2", mixing = 0, entry = "entry"), list(data = "mgus2", mixing = 0.7, entry = "entry"))
fits <- lapply(specs, function(s) {
  d <- sets[[s$data]]
  x <- as.matrix(d[, setdiff(names(d), c("time", "event", "entry"))])
  y <- if (is.null(s$entry)) Surv(d$time, d$event) else Surv(d$entry, d$time, d$event)
  penalties <- c(0.3, 0.1, 0.03, 0.01, 0.001)
  factor <- if (is.null(s$factor)) rep(1, ncol(x)) else s$factor
  fit <- glmnet(x, y, family = "cox", alpha = s$mixing, lambda = penalties, thresh = 1e-14, maxit = 1e7, penalty.factor = factor)
  fold <- rep(1:5, length.out = nrow(d))
  cv <- cv.glmnet(x, y, family = "cox", alpha = s$mixing, lambda = penalties, thresh = 1e-14, maxit = 1e7, foldid = fold,
                  penalty.factor = factor)
  list(spec = s, columns = colnames(x), penalties = penalties, coefficients = unname(t(as.matrix(coef(fit)))),
       cross_validated = cv$cvm, chosen = cv$lambda.min)
})
cat(toJSON(list(versions = list(R = R.version.string, glmnet = as.character(packageVersion("glmnet")),
                                survival = as.character(packageVersion("survival"))), sets = sets, fits = fits),
           digits = NA, auto_unbox = TRUE, dataframe = "columns"), "\n")
